/* play_files.h - flat directories of small files: copied, removed. */
#ifndef TESTS_REPLAY_PLAY_FILES_H
#define TESTS_REPLAY_PLAY_FILES_H

#include "base/err.h"

/* Makes `to`.  What a killed process had in shared memory only (SQLite's -shm)
 * is left out. */
enum status play_files_copy(const char *from, const char *to, struct err *err) MUST_CHECK;

/* The directory and the files in it; nothing if it is not there. */
void play_files_remove(const char *dir);

#endif
