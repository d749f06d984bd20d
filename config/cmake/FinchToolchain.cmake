# Flags every target shares: the numeric contract (no contraction, one baseline), warnings, sanitizers, ccache.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

option(FINCH_WERROR "Treat warnings as errors" OFF)
set(FINCH_SANITIZE "" CACHE STRING "Sanitizers to build with: empty, 'address,undefined' or 'thread'")

find_program(FINCH_CCACHE ccache)
if(FINCH_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # GCC's precompiled headers need the sloppiness to be cacheable at all; the base lets a second clone find what the
  # first compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${FINCH_CCACHE})
endif()

# Packages found in one room are targets in every room.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL TRUE)

add_library(finch_flags INTERFACE)
add_library(finch::flags ALIAS finch_flags)
target_compile_options(finch_flags INTERFACE
  -march=x86-64-v3 -ffp-contract=off -fno-math-errno
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
  $<$<BOOL:${FINCH_WERROR}>:-Werror>
  $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess -Wno-maybe-uninitialized -Wno-restrict>)
find_package(fmt REQUIRED)
target_link_libraries(finch_flags INTERFACE fmt::fmt)
if(FINCH_SANITIZE)
  # CAF 0.17 binds null references inside its spawn machinery, and SOCI hides the type information that vptr needs:
  # these two checks stay off.
  target_compile_options(finch_flags INTERFACE -fsanitize=${FINCH_SANITIZE} -fno-sanitize=null,vptr
                         -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(finch_flags INTERFACE -fsanitize=${FINCH_SANITIZE})
endif()

# The sanitizer presets bring their own level, and keep asserts.
if(NOT FINCH_SANITIZE)
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
endif()
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g")

# mold or gold link the many test programs several times faster than bfd.
find_program(FINCH_LINKER NAMES mold ld.gold)
if(FINCH_LINKER MATCHES "mold")
  add_link_options(-fuse-ld=mold)
elseif(FINCH_LINKER MATCHES "gold")
  add_link_options(-fuse-ld=gold)
endif()
