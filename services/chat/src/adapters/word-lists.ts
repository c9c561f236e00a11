/** The scope of the words that are looked for in the whole house: the nil UUID, which no channel has. */
export const EVERYWHERE = '00000000-0000-0000-0000-000000000000'
