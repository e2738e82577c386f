# SPDX-License-Identifier: Apache-2.0
#
# Mbed TLS from MBEDTLS_DIR, a source tree of 3.6 or 4.x: compiled with the configuration in port/tls into
# $(O)/libsymfeed-mbedtls.a. The process has no heap then, see port/README.md. Included by the Makefile.

MBEDTLS_VERSION := $(shell sed -n 's/^.define MBEDTLS_VERSION_STRING  *"\(3\.6\.[0-9.]*\|4\.[0-9.]*\)"$$/\1/p' \
    '$(MBEDTLS_DIR)/include/mbedtls/build_info.h' 2>/dev/null)
ifeq ($(MBEDTLS_VERSION),)
$(error symfeed: MBEDTLS_DIR=$(MBEDTLS_DIR) is no source tree of Mbed TLS 3.6 or 4.x: it has no include/mbedtls/build_info.h that says so)
endif

# MBEDTLS_GENERATED is what a release brings and git does not: files that scripts of theirs write.
ifneq ($(filter 3.%,$(MBEDTLS_VERSION)),)
MBEDTLS_FOLDERS   := library
MBEDTLS_INCLUDES  := include
MBEDTLS_GENERATED := library/psa_crypto_driver_wrappers.h
MBEDTLS_GENERATE  := make generated_files
MBEDTLS_CFLAGS    :=
else
# The cryptography of 4.x is a tree of its own, TF-PSA-Crypto.
MBEDTLS_FOLDERS   := library $(addprefix tf-psa-crypto/,core dispatch drivers/builtin/src extras platform utilities)
MBEDTLS_INCLUDES  := include tf-psa-crypto/include tf-psa-crypto/drivers/builtin/include
MBEDTLS_GENERATED := library/mbedtls_config_check_user.h $(addprefix tf-psa-crypto/core/,psa_crypto_driver_wrappers.h tf_psa_crypto_config_check_user.h)
MBEDTLS_GENERATE  := framework/scripts/make_generated_files.py
MBEDTLS_CFLAGS    := -DTF_PSA_CRYPTO_CONFIG_FILE='<tls/crypto_config.h>'
ifeq ($(shell test -e '$(MBEDTLS_DIR)/tf-psa-crypto/core/psa_crypto.c' && echo there),)
$(error symfeed: MBEDTLS_DIR=$(MBEDTLS_DIR) lacks TF-PSA-Crypto: take a release, or run `git submodule update --init --recursive` there)
endif
endif
ifneq ($(shell cd '$(MBEDTLS_DIR)' && for file in $(MBEDTLS_GENERATED); do test -e $$file || echo lacks; done),)
$(error symfeed: MBEDTLS_DIR=$(MBEDTLS_DIR) lacks the files that a release brings: take a release, or run `$(MBEDTLS_GENERATE)` there)
endif

MBEDTLS_CFLAGS := $(foreach i,$(MBEDTLS_INCLUDES),-isystem '$(MBEDTLS_DIR)/$(i)') \
                  -DMBEDTLS_CONFIG_FILE='<tls/mbedtls_config.h>' $(MBEDTLS_CFLAGS) \
                  -DSYMFEED_MBEDTLS_SOURCE=$(firstword $(subst ., ,$(MBEDTLS_VERSION)))
MBEDTLS_BUILT  := $(O)/libsymfeed-mbedtls.a
MBEDTLS_LIBS   := $(MBEDTLS_BUILT)
# No two of its files have the same name.
MBEDTLS_OBJECTS := $(addprefix $(O)/obj/mbedtls/,$(sort $(patsubst %.c,%.o,$(shell cd '$(MBEDTLS_DIR)' && \
    for folder in $(MBEDTLS_FOLDERS); do test ! -d $$folder || (cd $$folder && ls *.c); done))))

# The headers that configure it, for all that include one of its own. The compiler's lists of
# dependencies leave them out: Mbed TLS's headers count as the system's, and so does what they include.
COMMON += port/tls/mbedtls_config.h port/tls/crypto_config.h port/tls/platform_config.h port/symfeed_port_config.h

# Without warnings, which are for its own developers. What the configuration leaves out compiles to nothing.
$(O)/obj/mbedtls/%.o: $(COMMON)
	$(SAY) CC '$(MBEDTLS_DIR): $*.c'
	$(QUIET)mkdir -p $(@D); for folder in $(MBEDTLS_FOLDERS); do test ! -e '$(MBEDTLS_DIR)'/$$folder/$*.c || break; done; \
	    $(CC) -w -ffunction-sections -fdata-sections $(FIXED_CFLAGS) $(LTO_CFLAGS) $(call NAME_SEED,$*) $(SAME_PATHS) \
	    $(OWN_CPPFLAGS) -Iport $(MBEDTLS_CFLAGS) $(MBEDTLS_FOLDERS:%=-I'$(MBEDTLS_DIR)/%') $(CPPFLAGS) $(CFLAGS) \
	    $(DEPENDENCIES) -c '$(MBEDTLS_DIR)'/$$folder/$*.c -o $@

$(MBEDTLS_BUILT): $(MBEDTLS_OBJECTS)
	$(SAY) AR '$@'
	$(QUIET)$(ARCHIVE)
