// The shell around a user's script that is the same for every job.

/**
 * Read by an interactive bash, so that scripts have the user's own shell as SkyPilot gives it: ~/.bashrc is read whole,
 * aliases work, conda's functions work in children too. Until the first line the output goes to /dev/null, because an
 * interactive bash without a terminal complains; file 3 is the log. `\builtin` holds against aliases that ~/.bashrc made.
 * There are no names of ours in it that could meet a user's.
 */
export const userShell = `exec 1>&3 2>&3
# An interactive bash ignores SIGTERM unless somebody said otherwise.
trap : TERM
trap - TERM
[ -f ~/.bashrc ] && . ~/.bashrc
\\exec 2>/dev/null
\\builtin set +o history +o histexpand
# Without it bash does not read a history that may be long.
\\builtin unset HISTFILE
if [ -n "\${CONDA_EXE-}" ] || \\builtin type -P conda >/dev/null; then
  \\builtin set -- "\${CONDA_EXE-}"
  [ -n "$1" ] || \\builtin set -- "$(\\builtin type -P conda)"
  \\builtin set -- "\${1%/*}"
  \\builtin set -- "\${1%/*}/etc/profile.d/conda.sh"
  [ -f "$1" ] || \\builtin set -- "$(conda info --base)/etc/profile.d/conda.sh"
  # Functions and variables of conda are exported: a script that a script runs can activate an environment too.
  \\builtin set -a
  [ -f "$1" ] && \\builtin . "$1" >/dev/null
  \\builtin set +a
  \\builtin set --
fi
`;

/**
 * `sh reap.sh NOTES FORBIDDEN PROGRAM WORD…`: what the program of shared/reaper does, as far as a shell can; for systems
 * that it is not made for.
 */
export const shellReaper = `trap : TERM INT HUP
notes=$1 forbidden=$2
shift 2
echo >"$notes" || exit 125
[ -e "$forbidden" ] && exit 137
"$@"
code=$?
echo "$code" >>"$notes"
exit "$code"
`;
