/** What a notice or a badge is like. */
export type Tone = 'info' | 'success' | 'warning' | 'danger';
