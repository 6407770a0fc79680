import './security.css';
import { Download } from 'lucide-react';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy_button.tsx';

/** New recovery codes, which are shown only once, with buttons to copy and to download them. */
export function RecoveryCodes({ codes }: { readonly codes: readonly string[] }) {
  const text = codes.join('\n');
  return (
    <>
      <p className="muted">
        Each code signs you in once if you lose your second factor. Keep them where you keep your passwords: they are
        not shown again, and earlier ones do not work any more.
      </p>
      <ul className="recovery-codes" aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className="actions">
        <CopyButton text={text} what="recovery codes" />
        <Button icon={<Download aria-hidden />} onPress={() => download(text)}>
          Download
        </Button>
      </div>
    </>
  );
}

function download(text: string): void {
  const href = URL.createObjectURL(new Blob([`${text}\n`], { type: 'text/plain' }));
  Object.assign(document.createElement('a'), { href, download: 'gatehouse-recovery-codes.txt' }).click();
  URL.revokeObjectURL(href);
}
