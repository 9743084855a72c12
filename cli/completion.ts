/** `pipeline completion`: prints a script for a shell, which asks this command for the next word. */
import { Argument, type Command } from 'commander';
import type { CommandContext } from './context';
import { printFile, printLine } from './output/print';

/** Scripts by shell. `NAME` is the command's name, `FUNCTION` one that a shell function may have. */
const SCRIPTS = {
  bash: `FUNCTION() {
  local IFS=$'\\n'
  COMPREPLY=($(NAME completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F FUNCTION NAME
`,
  zsh: `#compdef NAME
FUNCTION() {
  local -a found
  found=("\${(@f)$(NAME completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -a found; else _files; fi
}
compdef FUNCTION NAME
`,
  fish: `complete -c NAME -a '(NAME completion words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
};

type Shell = keyof typeof SCRIPTS;

const ABOUT = `
bash: add to ~/.bashrc   source <(NAME completion bash)
zsh:  add to ~/.zshrc    source <(NAME completion zsh), after compinit
fish: run once           NAME completion fish > ~/.config/fish/completions/NAME.fish
`;

/** Adds a subcommand for each shell, and `words`, which their scripts call. `load` returns the program with the options of a command. */
export function configureCompletion(
  group: Command,
  { stdout }: CommandContext,
  load: (named: readonly string[]) => Promise<Command>,
): void {
  const name = group.parent?.name() ?? '';
  group.addHelpText('after', ABOUT.replaceAll('NAME', name));
  for (const shell of Object.keys(SCRIPTS) as Shell[]) {
    group
      .command(shell)
      .description(`print the script for ${shell}`)
      .action(() => {
        printFile(
          stdout,
          SCRIPTS[shell].replaceAll('NAME', name).replaceAll('FUNCTION', `_${name.replace(/\W/g, '_')}`),
        );
      });
  }
  group
    .command('words', { hidden: true })
    .addArgument(new Argument('[words...]', 'the words so far, the last one unfinished'))
    .action(async (words: string[]) => {
      for (const word of nextWords(await load(words.slice(0, 1)), words)) printLine(stdout, word);
    });
}

/** Returns the words that may stand in place of the last one; none where the shell should offer files. */
export function nextWords(program: Command, words: readonly string[]): readonly string[] {
  const current = words.at(-1) ?? '';
  let command = program;
  for (const word of words.slice(0, -1)) command = command.commands.find((each) => each.name() === word) ?? command;
  const help = command.createHelp();
  const options = help.visibleOptions(command);
  const open = options.find((option) => option.long === words.at(-2) && (option.required || option.optional));
  const flags = options.flatMap(({ long }) => long ?? []);
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  const usual = current.startsWith('-')
    ? flags
    : [...help.visibleCommands(command).map((each) => each.name()), ...choices];
  return (open === undefined ? usual : (open.argChoices ?? [])).filter((word) => word.startsWith(current));
}
