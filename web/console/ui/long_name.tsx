/** A user-chosen name, in any writing direction and on two lines at most. */
export function LongName({ of }: { readonly of: string }) {
  return (
    <bdi className="long-name" title={of}>
      {of}
    </bdi>
  );
}
