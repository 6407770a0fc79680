/** Creates an event emitter. A listener that throws affects neither other listeners nor the sign-in. */
export function createEmitter<Events extends object>() {
  const listeners = new Map<keyof Events, Set<(detail: never) => void>>();
  return {
    /** Adds a listener. @returns a function that removes it */
    on<Event extends keyof Events>(event: Event, listener: (detail: Events[Event]) => void): () => void {
      // Wrapped, because the same listener may be added twice and removed once.
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
          // Reported to the platform, as EventTarget does, and not to the caller.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    },
  };
}
