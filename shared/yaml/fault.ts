// A fault in a YAML text, with its place.

export interface Place {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

export interface YamlFault extends Place {
  /** PyYAML's exception class, or ValueError for a key given twice. */
  readonly class: string;
  readonly message: string;
  readonly hint?: string;
}
