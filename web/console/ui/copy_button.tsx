import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { Button } from './button.tsx';

/** Copies `text` to the clipboard. Hidden on plain HTTP, where browsers give pages no clipboard. */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [copied, setCopied] = useState<string>();
  // The types do not cover pages on plain HTTP.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (!clipboard) return null;
  const isCopied = copied === text;
  const copy = () => void clipboard.writeText(text).then(() => setCopied(text));
  return (
    <>
      <Button
        aria-label={`Copy ${what}`}
        icon={isCopied ? <Check aria-hidden /> : <Copy aria-hidden />}
        onPress={copy}
        autoFocus
      />
      <span className="hidden" role="status">
        {isCopied && 'Copied'}
      </span>
    </>
  );
}
