import { SEALED, type SealedPurpose, STORED, type StoredPurpose } from '../../../src/proofs/purposes.ts';

/** A presenter: a registered client or none, in a browser or none. */
export interface Presenter {
  readonly clientId: string | null;
  readonly binding: string | null;
}

export interface ModelProof extends Presenter {
  readonly purpose: StoredPurpose;
  readonly user: number;
  readonly expiresAt: number;
  readonly hasCode: boolean;
  attempts: number;
  isUsed: boolean;
  isPurged: boolean;
  /** Null if the process died before it returned them. */
  readonly shown: { readonly token: string; readonly code: string | null } | null;
}

export interface ModelSeal {
  readonly purpose: SealedPurpose;
  readonly binding: string | null;
  readonly text: string;
  readonly expiresAt: number;
  isUsed: boolean;
}

export interface ShownStored extends Presenter {
  readonly purpose: StoredPurpose;
}

const KEPT_MS = 86_400_000;

/**
 * The simplest form of proofs: no statements, no stores, no crashes. All times are in milliseconds. The server is
 * compared with it after every step.
 */
export class ProofModel {
  now: number;
  readonly proofs: ModelProof[] = [];
  readonly seals: ModelSeal[] = [];
  /** The outcomes so far, so that a run can check its coverage. */
  readonly seen: Set<string>;

  constructor(now: number, seen: Set<string>) {
    this.now = now;
    this.seen = seen;
  }

  made(proof: Omit<ModelProof, 'expiresAt' | 'attempts' | 'isUsed' | 'isPurged'>): void {
    const expiresAt = this.now + STORED[proof.purpose].seconds * 1000;
    this.proofs.push({ ...proof, expiresAt, attempts: 0, isUsed: false, isPurged: false });
  }

  sealed(seal: Omit<ModelSeal, 'expiresAt' | 'isUsed'>): void {
    this.seals.push({ ...seal, expiresAt: this.now + SEALED[seal.purpose].seconds * 1000, isUsed: false });
  }

  /** Returns whether a proof can still be used by somebody. */
  isOpen({ isUsed, expiresAt }: Pick<ModelProof, 'isUsed' | 'expiresAt'>): boolean {
    return !isUsed && this.now < expiresAt;
  }

  attempt(proof: ModelProof, shown: ShownStored): boolean {
    const isRight = this.isOpen(proof) && isFor(proof, shown) && this.#isLeft(proof);
    if (isRight) proof.attempts += 1;
    return isRight;
  }

  /** Counts an attempt at each open proof of the account and purpose; returns whether the code is that of one. */
  attemptCode(of: ModelProof, { purpose, user, isRight }: { purpose: StoredPurpose; user: number; isRight: boolean }) {
    const counted = this.proofs.filter(
      (each) =>
        each.hasCode && each.purpose === purpose && each.user === user && this.isOpen(each) && this.#isLeft(each),
    );
    for (const each of counted) each.attempts += 1;
    return isRight && counted.includes(of);
  }

  use(proof: ModelProof | ModelSeal): boolean {
    const isRight = this.isOpen(proof);
    if (isRight) proof.isUsed = true;
    return isRight;
  }

  useToken(proof: ModelProof, shown: ShownStored): boolean {
    return isFor(proof, shown) && this.use(proof);
  }

  /** Voids unused proofs, also expired ones; returns their number. */
  endAll(user: number, purposes?: readonly StoredPurpose[]): number {
    const ended = this.proofs.filter(
      (each) => each.user === user && !each.isUsed && !each.isPurged && (purposes?.includes(each.purpose) ?? true),
    );
    for (const each of ended) each.isUsed = true;
    return ended.length;
  }

  /** Forgets what expired a day ago. */
  purge(): void {
    for (const each of this.proofs) each.isPurged ||= each.expiresAt + KEPT_MS <= this.now;
  }

  #isLeft({ attempts, purpose }: ModelProof): boolean {
    return attempts < STORED[purpose].attempts;
  }
}

function isFor(proof: ShownStored, shown: ShownStored): boolean {
  return proof.purpose === shown.purpose && proof.clientId === shown.clientId && proof.binding === shown.binding;
}
