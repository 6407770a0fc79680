import './secret.css';
import { CopyButton } from './copy_button.tsx';

/** A secret that is shown only once, with a button to copy it. */
export function Secret({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <div className="secret">
      <code>{text}</code>
      <CopyButton text={text} what={what} />
    </div>
  );
}
