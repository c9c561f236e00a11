import { expect, test } from 'vitest'
import { channelLabel, channelTitle, labelOf, titled } from './channel-title.ts'

const person = (name: string) => ({ id: name, username: name, display_name: name.toUpperCase() })
const direct = { type: 'direct', name: '', people: [person('ann'), person('ben')] } as const
const own = { type: 'direct', name: '', people: [person('ann')] } as const
const group = { type: 'group', name: '', people: [person('cem'), person('ann'), person('ben')] } as const

test('a conversation is called by the others in it', () => {
  expect(channelTitle({ ...direct, people: [...direct.people] }, 'ann')).toBe('BEN')
  expect(channelTitle({ ...group, people: [...group.people] }, 'ann')).toBe('BEN, CEM')
  expect(channelTitle({ ...own, people: [...own.people] }, 'ann')).toBe('ANN (you)')
  expect(channelLabel(titled({ ...direct, people: [...direct.people] }, 'ben'))).toBe('ANN')
})

test('a channel is called by its name', () => {
  expect(channelLabel(titled({ type: 'private', name: 'plans' }, 'ann'))).toBe('# plans')
})

test('by its id a channel is found among one’s own; another one has no name', () => {
  const channels = [
    { id: '1', type: 'public', name: 'plans' } as const,
    { id: '2', type: 'direct', name: 'BEN' } as const,
  ]
  expect(labelOf(channels, '1')).toBe('# plans')
  expect(labelOf(channels, '2')).toBe('BEN')
  expect(labelOf(channels, '3')).toBe('a channel')
})
