# SPDX-License-Identifier: Apache-2.0
#
# The programs beside build/symfeed; included by the Makefile.

# Programs of one file each; those of porting/ bring a port of their own, and nothing of port/ is for them.
EXAMPLES := $(sort $(wildcard examples/*.c))
PORTING  := $(sort $(wildcard examples/porting/*.c))
ALARM    := $(sort $(wildcard examples/alarm/*.c examples/common/*.c))

# Those that read JSON. A configuration without it leaves them out, and says so.
READ_JSON  := examples/first.c examples/pollloop.c examples/datahose-count.c examples/alarm/alarm.c \
              examples/porting/plain_port.c
LEFT_OUT   := $(if $(shell grep -s '^. CONFIG_SYMFEED_JSON is not set' $(KCONFIG_CONFIG)),$(READ_JSON))
EXAMPLE_PROGRAMS := $(call programs,$(filter-out $(LEFT_OUT),$(EXAMPLES) examples/alarm/alarm.c))
PORTING_PROGRAMS := $(call programs,$(filter-out $(LEFT_OUT),$(PORTING)))

.PHONY: examples
examples: $(EXAMPLE_PROGRAMS) $(PORTING_PROGRAMS) ## the small example programs
	$(if $(LEFT_OUT),@echo "symfeed: left out: $(LEFT_OUT:examples/%.c=%): $(KCONFIG_CONFIG) has no SYMFEED_JSON")

$(call objects,$(EXAMPLES) $(ALARM)): $(O)/obj/have-mbedtls
$(EXAMPLE_PROGRAMS): %: %.o $(O)/libsymfeed.a $(MBEDTLS_BUILT)
	$(SAY) LINK '$@'
	$(QUIET)$(LINK) -o $@ $(sort $(filter %.o,$^)) $(O)/libsymfeed.a $(MBEDTLS_LIBS) $(LDLIBS)
$(O)/obj/examples/alarm/alarm: $(call objects,$(ALARM))

$(O)/obj/examples/porting/%.o: examples/porting/%.c $(COMMON)
	$(SAY) CC '$<'
	$(call compile,$(COMPILE_CORE))
$(PORTING_PROGRAMS): %: %.o $(CORE_OBJECTS)
	$(SAY) LINK '$@'
	$(QUIET)$(LINK) -o $@ $^ $(LDLIBS)
