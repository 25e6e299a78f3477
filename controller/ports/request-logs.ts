// Where operations tell their story while they work, and how readers of it are woken.

export interface RequestLog {
  /** One line; the newline is added. Throws disk-full, no-permission. */
  line(text: string): void;
}

export interface RequestLogs {
  /** The file of a request; it may not exist yet. */
  pathOf(requestId: string): string;
  open(requestId: string): RequestLog;
  /** Resolves at the next line of this request, when `wake` is called for it, or on abort. */
  changed(requestId: string, signal: AbortSignal): Promise<void>;
  wake(requestId: string): void;
  remove(requestIds: readonly string[]): void;
}
