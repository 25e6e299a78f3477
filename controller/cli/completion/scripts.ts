// Completion scripts of the shells: each asks the program itself what can follow.

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** The variable by which a script asks; its value names the shell. */
export const ASK_VARIABLE = "_STIX_COMPLETE";

export function completionScript(shell: Shell, program: string): string {
  switch (shell) {
    case "bash":
      return `_${program}_completion() {
  local IFS=$'\\n'
  COMPREPLY=($(COMP_WORDS="\${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD ${ASK_VARIABLE}=bash "$1" 2>/dev/null))
  if [[ \${COMPREPLY[0]} == "<files>" ]]; then
    COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
  fi
}
complete -o nosort -F _${program}_completion ${program}
`;
    case "zsh":
      return `#compdef ${program}
_${program}_completion() {
  local -a answers
  answers=("\${(@f)$(COMP_WORDS="\${(F)words}" COMP_CWORD=$((CURRENT - 1)) ${ASK_VARIABLE}=zsh ${program} 2>/dev/null)}")
  if [[ \${answers[1]} == "<files>" ]]; then
    _files
  elif [[ -n \${answers[1]} ]]; then
    _describe -V unsorted answers
  fi
}
compdef _${program}_completion ${program}
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
