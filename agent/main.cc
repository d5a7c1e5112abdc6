#include "agent/cli/cli.h"

int main(int argc, char** argv) { return agent::cli::run_command_line(argc, argv); }
