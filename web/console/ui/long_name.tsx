/** A person's name, in any direction and on two lines at most. */
export function FullName({ of }: { readonly of: string }) {
  return (
    <bdi className="name" title={of}>
      {of}
    </bdi>
  );
}
