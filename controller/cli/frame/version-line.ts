// What --version prints. Stands alone, so that nothing else need be loaded for it.
import { buildDate, commit, version } from "#shared/version.ts";

export function versionLine(): string {
  return `stix, version ${version}, commit ${commit}, built ${buildDate}\n`;
}
