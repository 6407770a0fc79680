/** A name that its owner chose, in any direction and on two lines at most. */
export function LongName({ of }: { readonly of: string }) {
  return (
    <bdi className="long-name" title={of}>
      {of}
    </bdi>
  );
}
