// What the store says of the disk under it: whether work that grows may begin, and whether what is kept for endings runs out.

export interface DiskRoom {
  /** The disk is nearly full: only what ends things, and what shows them, may go on. */
  isFull(): boolean;
  /** Throws disk-full when the disk is nearly full. What ends things does not ask. */
  require(): void;
  /** The disk is full and half of the reserve is used: old rows must give way. */
  isTight(): boolean;
  /** Makes the reserve whole again, when the disk has room. Throws disk-full, bad-database. */
  keepReserve(): void;
}
