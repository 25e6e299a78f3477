// The header of a file whose tasks run side by side as one job.

export interface JobGroupHeader {
  readonly name: string;
  readonly execution: "parallel";
  /** Tasks whose end ends the group; absent: all of them. */
  readonly primaryTasks?: readonly string[];
  /** Time the others get after the last primary task, as written ("30s"), for all or by task name ("default" for the rest). */
  readonly terminationDelay?: string | Readonly<Record<string, string>>;
  /** Absent: wanted. */
  readonly interConnection?: boolean;
}
