// Names of tasks: which ones may be launched.

const TASK_NAME = /^[a-zA-Z0-9]+(?:[._-]{1,2}[a-zA-Z0-9]+)*$/;

export function isTaskName(name: string): boolean {
  return TASK_NAME.test(name);
}
