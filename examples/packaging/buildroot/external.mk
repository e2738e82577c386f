# SPDX-License-Identifier: Apache-2.0
#
# For Buildroot: make BR2_EXTERNAL=/path/to/symfeed/examples/packaging/buildroot menuconfig

include $(sort $(wildcard $(BR2_EXTERNAL_SYMFEED_PATH)/package/*/*.mk))
