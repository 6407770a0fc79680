import './secret.css';
import { CopyButton } from './copy_button.tsx';

/** A secret that is shown for the only time, with a way to take it along. */
export function Secret({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <div className="secret">
      <code>{text}</code>
      <CopyButton text={text} what={what} />
    </div>
  );
}
