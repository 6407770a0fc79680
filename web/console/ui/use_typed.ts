import { useEffect, useRef, useState } from 'react';

const PAUSE_MILLISECONDS = 300;

export interface Typed {
  readonly text: string;
  readonly type: (text: string) => void;
  /** Tells it at once: on Enter, say. */
  readonly tell: (text: string) => void;
  /** What is wrong with what was typed, once the person stopped typing. */
  readonly fault: string | undefined;
}

/**
 * The text of a field that is told once the person stops typing, without blanks around it.
 * @param value what was told last; another that nobody typed here takes its place: going back, a button that clears all
 * @param onTold is told nothing that has a fault
 */
export function useTyped(
  value: string,
  onTold: (text: string) => void,
  faultOf?: (text: string) => string | undefined,
): Typed {
  const [text, type] = useState(value);
  const [fault, setFault] = useState<string>();
  const told = useRef(value);
  const tell = (next: string) => {
    const words = next.trim();
    const wrong = words === '' ? undefined : faultOf?.(words);
    setFault(wrong);
    if (wrong !== undefined || words === told.current) return;
    told.current = words;
    onTold(words);
  };

  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    type(value);
    setFault(undefined);
  }, [value]);
  // Without a list of what it depends on: `onTold` keeps what else was chosen meanwhile.
  useEffect(() => {
    const timer = setTimeout(() => tell(text), PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  });
  return { text, type, tell, fault };
}
