// Completion scripts of the shells: each asks the program itself what can follow.

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** The variable by which a script asks; its value names the shell. */
export const ASK_VARIABLE = "_STIX_COMPLETE";

export function completionScript(shell: Shell, program: string): string {
  switch (shell) {
    case "bash":
      // The line itself is sent: bash cuts words at "=" and ":", differently where COMP_WORDBREAKS was changed.
      return `_${program}_completion() {
  local IFS=$'\\n' current="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=($(COMP_LINE="\${COMP_LINE:0:COMP_POINT}" ${ASK_VARIABLE}=bash "$1" 2>/dev/null))
  if [[ \${COMPREPLY[0]} == "<files>" ]]; then
    [[ $current == "=" ]] && current=""
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$current"))
  elif [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == */ ]]; then
    compopt -o nospace 2>/dev/null
  fi
}
complete -o nosort -F _${program}_completion ${program} 2>/dev/null || complete -F _${program}_completion ${program}
`;
    case "zsh":
      // Read by a startup file, or found by the name of the command in a folder of functions.
      return `#compdef ${program}
_${program}_completion() {
  local -a answers
  answers=("\${(@f)$(COMP_WORDS="\${(F)words[1,CURRENT]}" COMP_CWORD=$((CURRENT - 1)) ${ASK_VARIABLE}=zsh ${program} 2>/dev/null)}")
  if [[ \${answers[1]} == "<files>" ]]; then
    [[ $PREFIX == --*=* ]] && compset -P 1 '*='
    _files
  elif [[ -n \${answers[1]} ]]; then
    _describe -V unsorted answers
  fi
}
if [[ \${funcstack[1]-} == _${program} ]]; then
  _${program}_completion "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i -D }
  (( $+functions[compdef] )) && compdef _${program}_completion ${program}
fi
`;
    case "fish":
      return `function _${program}_completion
  set -l words (commandline -opc) (commandline -ct)
  set -l answers (COMP_WORDS=(string join \\n -- $words | string collect) COMP_CWORD=(math (count $words) - 1) ${ASK_VARIABLE}=fish ${program} 2>/dev/null)
  if test "$answers[1]" = "<files>"
    __fish_complete_path (commandline -ct)
  else
    string join \\n -- $answers
  end
end
complete --no-files --command ${program} --arguments "(_${program}_completion)"
`;
  }
}
