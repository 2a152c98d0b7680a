#include "daemon/completion.h"

/* An apostrophe ends a quoted word of any shell; the two of them quote it differently. */
static void
put_quoted(struct text *out, struct slice s, const char *special, const char *apostrophe)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\'') {
            text_puts(out, apostrophe);
            continue;
        }
        if (s.p[i] == '\n' || strchr(special, s.p[i]))
            text_putc(out, '\\');
        text_putc(out, s.p[i] == '\n' ? ' ' : s.p[i]);
    }
}

/* "a|b" as "a b"; what stands for something else is left out. */
static void
put_choices(struct text *out, struct slice word)
{
    bool first = true;

    while (word.n) {
        struct slice one = slice_cut(&word, '|');

        if (command_word(one) != COMMAND_WORD_LITERAL)
            continue;
        text_printf(out, "%s%.*s", first ? "" : " ", SLICE_ARG(one));
        first = false;
    }
}

static bool
has(struct slice word, enum command_word kind)
{
    while (word.n)
        if (command_word(slice_cut(&word, '|')) == kind)
            return true;
    return false;
}

static void
put_commands(struct text *out)
{
    size_t                n;
    const struct command *c = command_table(&n);

    for (size_t i = 0; i < n; i++)
        text_printf(out, "%s%s", i ? " " : "", c[i].name);
}

/* bash */

/* What fills COMPREPLY by a word of arg or of operands. */
static void
bash_word(struct text *out, struct slice word)
{
    if (has(word, COMMAND_WORD_PATH)) {
        text_puts(out, "COMPREPLY=($(compgen -f -- \"$cur\"))");
    } else if (has(word, COMMAND_WORD_COMMAND) || has(word, COMMAND_WORD_LITERAL)) {
        text_puts(out, "COMPREPLY=($(compgen -W '");
        if (has(word, COMMAND_WORD_COMMAND))
            put_commands(out);
        put_choices(out, word);
        text_puts(out, "' -- \"$cur\"))");
    } else {
        text_putc(out, ':');
    }
}

static void
bash_values(struct text *out, const struct command *c)
{
    for (size_t i = 0; i < c->options->n; i++) {
        const struct option_row *row = &c->options->rows[i];

        if (!row->arg)
            continue;
        text_printf(out, "    '%s --%s'", c->name, row->name);
        if (row->letter)
            text_printf(out, "|'%s -%c'", c->name, row->letter);
        text_puts(out, ") ");
        bash_word(out, slice_of(row->arg));
        text_puts(out, "; return ;;\n");
    }
}

static void
bash_takes_value(struct text *out, const struct command *c)
{
    for (size_t i = 0; i < c->options->n; i++) {
        const struct option_row *row = &c->options->rows[i];

        if (!row->arg)
            continue;
        text_printf(out, "|'%s --%s'", c->name, row->name);
        if (row->letter)
            text_printf(out, "|'%s -%c'", c->name, row->letter);
    }
}

static void
bash_options(struct text *out, const struct command *c)
{
    text_printf(out, "    %s) words='", c->name);
    for (size_t i = 0; i < c->options->n; i++)
        text_printf(out, "--%s ", c->options->rows[i].name);
    text_puts(out, "--help' ;;\n");
}

/* The word that repeats is the last one. */
static void
bash_operands(struct text *out, const struct command *c)
{
    struct slice rest = slice_of(c->options->operands);
    size_t       n = 0;

    for (struct slice word = option_word(&rest); word.n; word = option_word(&rest)) {
        struct slice ahead = rest;
        bool         last = option_word(&ahead).n == 0;

        text_printf(out, "    '%s %zu'", c->name, n++);
        if (last && c->options->max_operands > n)
            text_printf(out, "|'%s '*", c->name);
        text_puts(out, ") ");
        bash_word(out, word);
        text_puts(out, " ;;\n");
    }
}

static void
bash_all(struct text *out, void (*put)(struct text *, const struct command *))
{
    size_t                n;
    const struct command *c = command_table(&n);

    for (size_t i = 0; i < n; i++)
        put(out, &c[i]);
}

/* bash cuts words at "=", so that --name=value comes as three. */
static void
write_bash(struct text *out)
{
    text_puts(out, "# bash completion of verdictd, printed by: verdictd completion bash\n"
                   "_verdictd() {\n"
                   "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                   "    local command=${COMP_WORDS[1]} words i operand=0\n"
                   "    COMPREPLY=()\n"
                   "    if ((COMP_CWORD == 1)); then\n"
                   "        COMPREPLY=($(compgen -W '");
    put_commands(out);
    text_puts(out, "' -- \"$cur\"))\n"
                   "        return\n"
                   "    fi\n"
                   "    [[ $cur != '=' ]] || cur=''\n"
                   "    [[ $prev != '=' ]] || prev=${COMP_WORDS[COMP_CWORD-2]}\n"
                   "    case \"$command $prev\" in\n");
    bash_all(out, bash_values);
    text_puts(out, "    esac\n"
                   "    if [[ $cur == -* ]]; then\n"
                   "        case $command in\n");
    bash_all(out, bash_options);
    text_puts(out, "        esac\n"
                   "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                   "        return\n"
                   "    fi\n"
                   "    for ((i = 2; i < COMP_CWORD; i++)); do\n"
                   "        case \"$command ${COMP_WORDS[i]}\" in\n"
                   "        ''");
    bash_all(out, bash_takes_value);
    text_puts(out, ")\n"
                   "            [[ ${COMP_WORDS[i+1]} != '=' ]] || ((i++))\n"
                   "            ((i++)) ;;\n"
                   "        \"$command -\"?*) ;;\n"
                   "        *) ((operand++)) ;;\n"
                   "        esac\n"
                   "    done\n"
                   "    case \"$command $operand\" in\n");
    bash_all(out, bash_operands);
    text_puts(out, "    esac\n"
                   "}\n"
                   "complete -o filenames -F _verdictd verdictd\n");
}

/* zsh */

static const char zsh_special[] = "[]:\\", zsh_apostrophe[] = "'\\''";

static void
zsh_word(struct text *out, struct slice word)
{
    text_putc(out, ':');
    put_quoted(out, word, zsh_special, zsh_apostrophe);
    text_putc(out, ':');
    if (has(word, COMMAND_WORD_PATH)) {
        text_puts(out, "_files");
    } else if (has(word, COMMAND_WORD_COMMAND) || has(word, COMMAND_WORD_LITERAL)) {
        text_putc(out, '(');
        if (has(word, COMMAND_WORD_COMMAND))
            put_commands(out);
        put_choices(out, word);
        text_putc(out, ')');
    }
}

static void
zsh_option(struct text *out, const struct option_row *row)
{
    text_puts(out, " \\\n            ");
    if (row->letter)
        text_printf(out, "'(-%c --%s)'{-%c%s,--%s%s}'", row->letter, row->name, row->letter,
                    row->arg ? "+" : "", row->name, row->arg ? "=" : "");
    else
        text_printf(out, "'--%s%s", row->name, row->arg ? "=" : "");
    text_putc(out, '[');
    put_quoted(out, slice_of(row->help), zsh_special, zsh_apostrophe);
    text_putc(out, ']');
    if (row->arg)
        zsh_word(out, slice_of(row->arg));
    text_putc(out, '\'');
}

static void
zsh_command(struct text *out, const struct command *c)
{
    struct slice rest = slice_of(c->options->operands);
    size_t       n = 0;

    text_printf(out, "        %s)\n            _arguments '(- *)'{-h,--help}'[print the help]'",
                c->name);
    for (size_t i = 0; i < c->options->n; i++)
        zsh_option(out, &c->options->rows[i]);
    for (struct slice word = option_word(&rest); word.n; word = option_word(&rest)) {
        struct slice ahead = rest;
        bool         repeats = option_word(&ahead).n == 0 && c->options->max_operands > n + 1;

        text_puts(out, " \\\n            '");
        if (repeats)
            text_putc(out, '*');
        else
            text_printf(out, "%zu", n + 1);
        zsh_word(out, word);
        text_putc(out, '\'');
        n++;
    }
    text_puts(out, " ;;\n");
}

static void
write_zsh(struct text *out)
{
    size_t                n;
    const struct command *c = command_table(&n);

    text_puts(out, "#compdef verdictd\n"
                   "# zsh completion of verdictd, printed by: verdictd completion zsh\n"
                   "_verdictd() {\n"
                   "    local state line\n"
                   "    local -a commands\n"
                   "    _arguments -C '1: :->command' '*:: :->rest'\n"
                   "    case $state in\n"
                   "    command)\n"
                   "        commands=(\n");
    for (size_t i = 0; i < n; i++) {
        text_printf(out, "            '%s:", c[i].name);
        put_quoted(out, slice_of(c[i].help), zsh_special, zsh_apostrophe);
        text_puts(out, "'\n");
    }
    text_puts(out, "        )\n"
                   "        _describe command commands ;;\n"
                   "    rest)\n"
                   "        case $words[1] in\n");
    for (size_t i = 0; i < n; i++)
        zsh_command(out, &c[i]);
    text_puts(out, "        esac ;;\n"
                   "    esac\n"
                   "}\n"
                   "if [[ $funcstack[1] == _verdictd ]]; then\n"
                   "    _verdictd \"$@\"\n"
                   "else\n"
                   "    compdef _verdictd verdictd\n"
                   "fi\n");
}

/* fish */

static const char fish_special[] = "\\", fish_apostrophe[] = "\\'";

static void
fish_word(struct text *out, struct slice word)
{
    if (has(word, COMMAND_WORD_PATH)) {
        text_puts(out, " -F");
    } else if (has(word, COMMAND_WORD_COMMAND) || has(word, COMMAND_WORD_LITERAL)) {
        text_puts(out, " -a '");
        if (has(word, COMMAND_WORD_COMMAND))
            put_commands(out);
        put_choices(out, word);
        text_putc(out, '\'');
    }
}

static void
fish_command(struct text *out, const struct command *c)
{
    struct slice rest = slice_of(c->options->operands);

    for (size_t i = 0; i < c->options->n; i++) {
        const struct option_row *row = &c->options->rows[i];

        text_printf(out, "complete -c verdictd -n '__fish_seen_subcommand_from %s' -l %s", c->name,
                    row->name);
        if (row->letter)
            text_printf(out, " -s %c", row->letter);
        if (row->arg) { /* -x: a value, and no files unless -F says so */
            text_puts(out, has(slice_of(row->arg), COMMAND_WORD_PATH) ? " -r" : " -x");
            fish_word(out, slice_of(row->arg));
        }
        text_puts(out, " -d '");
        put_quoted(out, slice_of(row->help), fish_special, fish_apostrophe);
        text_puts(out, "'\n");
    }
    for (struct slice word = option_word(&rest); word.n; word = option_word(&rest)) {
        if (!has(word, COMMAND_WORD_PATH) && !has(word, COMMAND_WORD_COMMAND) &&
            !has(word, COMMAND_WORD_LITERAL))
            continue;
        text_printf(out, "complete -c verdictd -n '__fish_seen_subcommand_from %s'", c->name);
        fish_word(out, word);
        text_putc(out, '\n');
    }
}

static void
write_fish(struct text *out)
{
    size_t                n;
    const struct command *c = command_table(&n);

    text_puts(out, "# fish completion of verdictd, printed by: verdictd completion fish\n"
                   "complete -c verdictd -f\n"
                   "complete -c verdictd -s h -l help -d 'print the help'\n");
    for (size_t i = 0; i < n; i++) {
        text_printf(out, "complete -c verdictd -n __fish_use_subcommand -a %s -d '", c[i].name);
        put_quoted(out, slice_of(c[i].help), fish_special, fish_apostrophe);
        text_puts(out, "'\n");
    }
    for (size_t i = 0; i < n; i++)
        fish_command(out, &c[i]);
}

void
completion_write(enum completion_shell shell, struct text *out)
{
    switch (shell) {
    case COMPLETION_BASH:
        write_bash(out);
        break;
    case COMPLETION_ZSH:
        write_zsh(out);
        break;
    case COMPLETION_FISH:
        write_fish(out);
        break;
    }
}
