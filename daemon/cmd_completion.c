#include "daemon/cmd_completion.h"

#include "daemon/completion.h"

#include <stdio.h>

enum { SCRIPT_BYTES = 1 << 20 };

const struct option_command cmd_completion_options = {
    .name = "completion",
    .help = "Print the completions for a shell:\n"
            "  bash  source <(verdictd completion bash), in ~/.bashrc\n"
            "  zsh   source <(verdictd completion zsh), in ~/.zshrc behind compinit\n"
            "  fish  verdictd completion fish > ~/.config/fish/completions/verdictd.fish",
    .operands = "bash|zsh|fish",
    .min_operands = 1,
    .max_operands = 1,
    .exits = {{0, "printed"}, {3, "called wrongly"}},
};

int
cmd_completion(int argc, char **argv)
{
    static const char *const names[] = {
        [COMPLETION_BASH] = "bash", [COMPLETION_ZSH] = "zsh", [COMPLETION_FISH] = "fish"};
    struct option_values v;
    struct text          script;
    int                  code;

    if (!option_start(&cmd_completion_options, argc, argv, &v, &code))
        return code;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(v.operands[0], names[i]) != 0)
            continue;
        text_init(&script, SCRIPT_BYTES);
        completion_write((enum completion_shell)i, &script);
        (void)fputs(script.p, stdout);
        text_release(&script);
        return 0;
    }
    (void)fprintf(stderr, "verdictd completion: \"%.60s\" is not bash, zsh or fish\n",
                  v.operands[0]);
    return OPTION_EXIT_ERROR;
}
