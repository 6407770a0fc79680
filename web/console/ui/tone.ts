/** The tone of a notice or a badge. */
export type Tone = 'info' | 'success' | 'warning' | 'danger';
