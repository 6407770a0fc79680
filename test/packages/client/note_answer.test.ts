import { expect, it, jest } from '@jest/globals';
import { createNoteAnswer } from '../../../packages/client/src/note_answer.ts';

const saying = (word?: string) => ({ headers: new Headers(word === undefined ? {} : { 'gatehouse-token': word }) });

it('requests a new token if an answer asks for it, once in ten seconds for each reason', () => {
  jest.useFakeTimers();
  const asked: unknown[] = [];
  const noteAnswer = createNoteAnswer(async (options) => void asked.push(options?.refused));
  noteAnswer(saying(), 'one');
  expect(asked).toEqual([]);
  noteAnswer(saying('role-changed'), 'one');
  // The server asks for it with the new token too.
  noteAnswer(saying('role-changed'), 'two');
  expect(asked).toEqual(['one']);
  noteAnswer(saying('refused'), 'two');
  expect(asked).toEqual(['one', 'two']);
  jest.advanceTimersByTime(10_000);
  noteAnswer(saying('role-changed'), 'three');
  expect(asked).toEqual(['one', 'two', 'three']);
  jest.useRealTimers();
});

it('requests it again at the next answer if the gateway was unreachable', async () => {
  let asked = 0;
  const noteAnswer = createNoteAnswer(() => Promise.reject(new Error(String(asked++))));
  noteAnswer(saying('refused'), 'one');
  await Promise.resolve();
  noteAnswer(saying('refused'), 'one');
  expect(asked).toBe(2);
});
