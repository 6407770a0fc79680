import { useEffect, useRef, useState } from 'react';

const PAUSE_MILLISECONDS = 300;

export interface Typed {
  readonly text: string;
  readonly type: (text: string) => void;
  /** Reports the text at once, such as on Enter. */
  readonly tell: (text: string) => void;
  /** The fault of the text, once the user stops typing. */
  readonly fault: string | undefined;
}

/**
 * The text of a field, which is reported, trimmed, once the user stops typing.
 * @param value the last reported text; a change from outside, such as the back button, replaces the typed text
 * @param onTold is not called with an invalid text
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
  // Without dependencies, so that the latest `onTold` is called, which includes other choices made meanwhile.
  useEffect(() => {
    const timer = setTimeout(() => tell(text), PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  });
  return { text, type, tell, fault };
}
