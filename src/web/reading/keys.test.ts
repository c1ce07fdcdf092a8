import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ariaKeys, type Command, commandOf, KEY_GROUPS, keyText } from './keys.ts';

const press = (key: string, held: { ctrlKey?: boolean; metaKey?: boolean; altKey?: boolean } = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...held,
});
const all = KEY_GROUPS.flatMap(({ keys }) => keys);

test('no key does two things, no command is told twice', () => {
  const pressed = all.flatMap(({ keys, isWithControl }) => keys.map((key) => `${isWithControl} ${key}`));
  assert.equal(new Set(pressed).size, pressed.length);
  assert.equal(new Set(all.map(({ command }) => command)).size, all.length);
});

test('j and k stay free: they walk through the worklist', () => {
  assert.deepEqual([commandOf(press('j')), commandOf(press('k'))], [undefined, undefined]);
});

test('every command is reached by its key', () => {
  for (const { command, keys, isWithControl = false } of all)
    for (const key of keys) assert.equal(commandOf(press(key, { ctrlKey: isWithControl })), command);
});

test('with Ctrl or ⌘, Enter signs and nothing else happens; with Alt nothing does', () => {
  assert.equal(commandOf(press('Enter', { metaKey: true })), 'sign');
  assert.equal(commandOf(press('c', { ctrlKey: true })), undefined);
  assert.equal(commandOf(press('Enter', { altKey: true })), undefined);
});

test('keys of one character can be switched off', () => {
  assert.equal(commandOf(press('g'), false), undefined);
  assert.equal(commandOf(press('?'), false), undefined);
  assert.equal(commandOf(press('Enter'), false), 'confirm');
});

test('keys are written as they are printed on keyboards', () => {
  const written: readonly (readonly [Command, string, string])[] = [
    ['zoomOut', '−', '-'],
    ['redFree', 'G', 'g'],
    ['darker', 'Shift B', 'Shift+B'],
    ['sign', 'Ctrl Enter', 'Control+Enter'],
  ];
  for (const [command, text, aria] of written)
    assert.deepEqual([keyText(command), ariaKeys(command)], [text, aria]);
});
