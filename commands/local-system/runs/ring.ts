/** The newest items of a sequence, up to a number. */
export class Ring<T> {
  private readonly items: (T | undefined)[] = [];
  private first = 0;
  private end = 0;

  constructor(private readonly capacity: number) {}

  get length(): number {
    return this.end - this.first;
  }

  /** Adds an item. Returns the oldest one if it had to go. */
  push(item: T): T | undefined {
    const evicted = this.length === this.capacity ? this.shift() : undefined;
    this.items[this.end % this.capacity] = item;
    this.end += 1;
    return evicted;
  }

  /** Removes the oldest item. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const place = this.first % this.capacity;
    const item = this.items[place];
    this.items[place] = undefined;
    this.first += 1;
    return item;
  }

  /** The newest items, the newest last. */
  latest(limit: number): T[] {
    const from = Math.max(this.first, this.end - limit);
    return Array.from({ length: this.end - from }, (_each, index) => this.items[(from + index) % this.capacity] as T);
  }
}
