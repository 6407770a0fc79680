import './brand.css';

/** The logo and the name. */
export function Brand() {
  return (
    <span className="brand">
      <svg viewBox="0 0 32 32" aria-hidden>
        <path d="M4 30V9h4V4h4v5h8V4h4v5h4v21h-8v-9a4 4 0 0 0-8 0v9z" />
      </svg>
      Gatehouse
    </span>
  );
}
