/* Numbers that the library and `nf4.py` agree on. */
#ifndef NF4_LIBRARY_H
#define NF4_LIBRARY_H

#define NF4_LIBRARY_VERSION 3 /* changes with any function's arguments; nf4.py refuses another */
#define NF4_MAX_ROWS 1024     /* of activations in one call, so that its working memory stays small */

#define NF4_MAX_THREADS 256

enum {
    NF4_OK = 0,
    NF4_BAD_SIZE = 1,    /* a side that is not positive, too large, or no multiple of 64; or of threads */
    NF4_BAD_LENGTH = 2,  /* a buffer that is not as long as the sides say */
    NF4_BAD_ADDRESS = 3, /* none, or not aligned to its elements */
    NF4_NO_PATH = 4,     /* instructions that this library or processor lacks */
    NF4_NO_MEMORY = 5,
};

#endif
