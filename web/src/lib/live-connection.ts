/** By itself, so that a page can be read and used before the code of the live connection is there. */
export { LiveConnection } from '@glasshouse/client'
