# Compiler flags of our own code; third-party headers are SYSTEM and not measured by them.
set(AGENT_CXX_FLAGS
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
  -fstack-protector-strong -ffunction-sections -fdata-sections
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND AGENT_CXX_FLAGS -Wno-restrict)  # GCC 12 misfires on string operator+
endif()
if(AGENT_WERROR)
  list(APPEND AGENT_CXX_FLAGS -Werror)
endif()
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT AGENT_SANITIZE)
  list(APPEND AGENT_CXX_FLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
if(AGENT_SANITIZE)
  add_compile_options(-fsanitize=${AGENT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -g1 -O1)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  add_link_options(-fsanitize=${AGENT_SANITIZE})
endif()
if(AGENT_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer -g1 -O1)
  add_link_options(-fsanitize=address,undefined)
endif()
add_link_options(-Wl,--gc-sections -Wl,--as-needed -Wl,-z,relro,-z,now)
