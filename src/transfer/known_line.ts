/** Looks on time, one after the other, that a rate is known by: a connection begins slowly, and what is judged too early comes twice. */
export const LOOKS = 15;
/** Milliseconds for which a line counts as it was measured: then it is measured anew. */
const LIFETIME = 30_000;
/** Milliseconds after which an idle connection may have been given up. */
const IDLE_TIME = 8_000;
/** A rate below this share of what was measured before is that of another line. */
const LEAST_LIKENESS = 0.5;

/** The rate of a connection, and how certain it is. */
export interface Measurement {
  /** Bytes per millisecond. */
  readonly rate: number;
  /** The number of looks on time, one after the other, that it was watched for. */
  readonly looks: number;
}

/** Options of a {@linkcode KnownLine}. */
export interface KnownLineOptions {
  /** Tells the time in milliseconds. @default {performance.now} */
  readonly now?: () => number;
}

/**
 * The line to the service, as the downloads of this store have found it: the next one need not find it
 * out. Downloads that run side by side share the line, so that nothing is learnt from
 * them, and they have connections enough.
 */
export class KnownLine {
  readonly #now: () => number;
  #running = 0;
  #isShared = false;
  #measured: Measurement = { rate: 0, looks: 0 };
  #measuredAt = -Infinity;
  #slowRate = 0;
  #slowAt = -Infinity;
  #roundTrip = Infinity;
  #answeredAt = -Infinity;
  #kept = 0;
  #keptAt = -Infinity;
  #refusedAt = -Infinity;

  /** @param options The clock. */
  constructor({ now = () => performance.now() }: KnownLineOptions = {}) {
    this.#now = now;
  }

  /** Bytes per millisecond of one connection that the one download under way can count on; 0 if that is not known. */
  get rate(): number {
    const { rate, looks } = this.#measured;
    return this.#isOfUse(this.#measuredAt) && looks >= LOOKS ? rate : 0;
  }

  /** Bytes per millisecond that were too few for a large object; 0 if none were. A busy service may be the reason, too, which for so many bytes makes no difference. */
  get slowRate(): number {
    return this.#isOfUse(this.#slowAt) ? this.#slowRate : 0;
  }

  /** Connections that are open and idle when nothing is under way, as far as that can be known. */
  get kept(): number {
    const isFresh = this.#now() - this.#keptAt < IDLE_TIME;
    return isFresh && !this.#isShared ? this.#kept : 0;
  }

  /** Says what a download has measured on its one connection. What is too short to be certain adds up. */
  learn(measured: Measurement): void {
    if (this.#isShared) return;
    const { rate, looks } = measured;
    const known = this.#measured;
    const isLike = this.#isFresh(this.#measuredAt) &&
      rate >= LEAST_LIKENESS * known.rate;
    this.#measured = looks >= LOOKS || !isLike ? measured : {
      // Whatever holds bytes up, the line can do the most that was seen.
      rate: Math.max(rate, known.rate),
      looks: looks + known.looks,
    };
    this.#measuredAt = this.#now();
  }

  /** Says that one connection was too slow for a large object. @param rate Bytes per millisecond. */
  learnSlow(rate: number): void {
    if (this.#isShared) return;
    this.#slowRate = rate;
    this.#slowAt = this.#now();
  }

  /**
   * Says how long an answer took.
   *
   * @param latency Milliseconds.
   * @returns Milliseconds that one takes over an open connection: those of the quickest.
   */
  answered(latency: number): number {
    const known = this.#isFresh(this.#answeredAt) ? this.#roundTrip : Infinity;
    // To set a connection up takes as long again, at least.
    if (this.kept === 0) return Math.min(known, latency / 2);
    if (latency <= known) {
      this.#roundTrip = latency;
      this.#answeredAt = this.#now();
    }
    return this.#roundTrip;
  }

  /** Says how many connections a download has left open. */
  keep(connections: number): void {
    this.#kept = this.#isShared ? 0 : connections;
    this.#keptAt = this.#now();
  }

  /** Says that ranges could not be had: for a while every download begins without them. */
  refuse(): void {
    this.#refusedAt = this.#now();
  }

  /**
   * Runs a download.
   *
   * @param download Receives it.
   */
  async run(download: () => Promise<void>): Promise<void> {
    this.#running++;
    this.#isShared ||= this.#running > 1;
    try {
      await download();
    } finally {
      this.#running--;
      if (this.#running === 0) this.#isShared = false;
    }
  }

  #isFresh(time: number): boolean {
    return this.#now() - time < LIFETIME;
  }

  #isOfUse(time: number): boolean {
    return this.#isFresh(time) && !this.#isFresh(this.#refusedAt) &&
      !this.#isShared;
  }
}
