// The few lines of shell around a user's script. They are files of the agent, never put together with a user's text.

/**
 * `sh rank.sh <notes file> <phase> <script> <folder of these files>`: notes its own pid, runs the script, notes its exit
 * code. It outlives the agent; the agent reads the notes when it comes back. Each note is one write of a whole line, so a
 * reader sees nothing or all of it; a rename would cost every job another process and another file.
 * The look at `killed` comes after the pid is noted: the agent does it the other way round, so one of the two sees the other.
 */
const rank = `trap : TERM INT HUP
read -r stat < /proc/$$/stat
printf '%s\\n' "$stat" > "$1" || exit 125
[ -e "\${1%/*}/killed" ] && exit 137
if [ "$2" = setup ]; then
  STIX_SCRIPT="$3" /bin/bash -i "$4/setup.sh" 9>&2 2>/dev/null
else
  BASH_ENV="$4/run.sh" /bin/bash "$3"
fi
code=$?
printf '%s\\n' "$code" >> "$1"
exit "$code"
`;

/** ~/.bashrc may set anything; what the task and the queue set must win, so it is put aside and back. Builtins only. */
const restoring = (load: string) => `for stix_name in $STIX_ENV_NAMES; do printf -v "stix_kept_$stix_name" %s "\${!stix_name}"; done
${load}
for stix_name in $STIX_ENV_NAMES; do
  stix_kept="stix_kept_$stix_name"
  printf -v "$stix_name" %s "\${!stix_kept}"
  export "$stix_name"
  unset "$stix_kept"
done
unset stix_name stix_kept STIX_ENV_NAMES
export PYTHONUNBUFFERED=1
cd ~/sky_workdir 2>/dev/null || { mkdir -p ~/sky_workdir && cd ~/sky_workdir; }
`;

/** Bash reads this before a rank's script (BASH_ENV). */
const run = `unset BASH_ENV
${restoring("[ -f ~/.bashrc ] && . ~/.bashrc")}:
`;

/**
 * Setup runs in an interactive bash, which has read ~/.bashrc by itself and complained on stderr that it has no terminal
 * (so stderr was put aside as 9), and which ignores SIGTERM unless told otherwise.
 */
const setup = `exec 2>&9 9>&-
trap 'exit 143' TERM
${restoring(":")}stix_script=$STIX_SCRIPT
unset STIX_SCRIPT
. "$stix_script"
`;

/** File name → text, for the agent to put into its folder at every start. */
export const shellTexts = { "rank.sh": rank, "run.sh": run, "setup.sh": setup } as const;
