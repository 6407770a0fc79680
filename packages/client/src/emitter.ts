/** Listeners by event. One that throws is no reason for others not to hear, nor for a sign-in to fail. */
export function createEmitter<Events extends object>() {
  const listeners = new Map<keyof Events, Set<(detail: never) => void>>();
  return {
    /** Answers what takes the listener off again. */
    on<Event extends keyof Events>(event: Event, listener: (detail: Events[Event]) => void): () => void {
      // A function of its own: the same listener may be put on twice, and taken off once.
      const own = (detail: Events[Event]) => listener(detail);
      const all = listeners.get(event) ?? new Set();
      listeners.set(event, all.add(own));
      return () => void all.delete(own);
    },
    emit<Event extends keyof Events>(event: Event, detail: Events[Event]): void {
      for (const listener of [...(listeners.get(event) ?? [])] as ((detail: Events[Event]) => void)[]) {
        try {
          listener(detail);
        } catch (error) {
          // As an EventTarget does: the platform hears of it, nobody who signs in does.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    },
  };
}
