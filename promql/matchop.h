/* matchop.h - the four ways to match a label: = != =~ !~ */
#ifndef PROMQL_MATCHOP_H
#define PROMQL_MATCHOP_H

enum match_op { MATCH_EQUAL, MATCH_NOT_EQUAL, MATCH_REGEX, MATCH_NOT_REGEX };

#endif
