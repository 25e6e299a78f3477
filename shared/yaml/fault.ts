// Places in a YAML file, and what is wrong at one.

/** Keys and indices from the top of a document. */
export type YamlPath = readonly (string | number)[];

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
