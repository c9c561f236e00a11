import {
  failure,
  SECTION_NAME_LENGTH_MAX,
  type Caller,
  type ChannelPreferences,
  type Failure,
  type SetPreferencesRequest,
} from '@glasshouse/contracts'
import { err, ok, type ChannelId, type Result } from '@glasshouse/kernel'
import { parseSectionName, type SectionNameFault } from '../domain/channel-name.ts'
import { announceOwn } from './announce-own.ts'
import { requireOwnChannel } from './authorize-own.ts'
import type { ChatContext } from './context.ts'
import { toPreferences } from './wire-own.ts'

/** What the caller sets for a channel that they are in, for themselves alone. */
export async function setPreferences(
  context: ChatContext,
  caller: Caller | undefined,
  { channelId, ...asked }: SetPreferencesRequest & { readonly channelId: ChannelId },
): Promise<Result<ChannelPreferences, Failure>> {
  const permitted = await requireOwnChannel(context, caller, channelId)
  if (!permitted.ok) return permitted
  const read = readSection(asked.section)
  if (!read.ok) return read
  const section = read.value
  const { userId } = permitted.value
  const channels = await context.ports.readStates.changeChannels(userId, [channelId], (state) => {
    const { muted = state.muted, favourite = state.favourite } = asked
    const after = { ...state, muted, favourite, section: section === undefined ? state.section : section }
    const same = muted === state.muted && favourite === state.favourite && after.section === state.section
    return same ? undefined : after
  })
  announceOwn(context, userId, { channels })
  const [stored] = channels
  return stored === undefined ? err(failure('not_found')) : ok(toPreferences(channelId, stored.state))
}

function readSection(text: string | null | undefined): Result<string | null | undefined, Failure> {
  const name = typeof text === 'string' ? parseSectionName(text) : ok(text)
  return name.ok
    ? name
    : err(failure('request.invalid', { path: 'section', message: `section: ${WORDS[name.error]}.` }))
}

const WORDS: Readonly<Record<SectionNameFault, string>> = {
  blank: 'a name is not blank',
  unprintable: 'a name has no control characters',
  too_long: `a name has at most ${SECTION_NAME_LENGTH_MAX} characters`,
}
