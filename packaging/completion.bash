# Completion of dunlin for bash. It asks the program itself, so it knows the commands and options of the installed version.
_dunlin() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} commands=() word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in
      -*) break ;;
      *) commands+=("$word") ;;
    esac
  done
  if [[ $previous == --config || $previous == --config.file || $previous == --stages ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    return
  fi
  local offered
  offered=$("${COMP_WORDS[0]}" "${commands[@]}" --help 2>/dev/null |
    sed -n -e '/^Subcommands:/,$ s/^  \([a-z][a-z-]*\) .*/\1/p' -e 's/^  \(-[^ ]*\).*/\1/p' | tr , '\n')
  mapfile -t COMPREPLY < <(compgen -W "$offered" -- "$current")
}
complete -F _dunlin dunlin
