# Third-party libraries, all from Debian 12. Each one is used behind one folder of ours (docs/architecture.md).
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(uv REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(systemd REQUIRED libsystemd)  # its headers; the library is loaded when a job needs it
find_package(CURL REQUIRED)
pkg_check_modules(nghttp2 REQUIRED IMPORTED_TARGET libnghttp2)
find_path(PROTOZERO_INC protozero/pbf_reader.hpp REQUIRED)
find_package(Protobuf REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(Snappy CONFIG REQUIRED)
find_package(BZip2 REQUIRED)
find_package(ZLIB REQUIRED)
pkg_check_modules(deflate REQUIRED IMPORTED_TARGET libdeflate)
find_package(zstd CONFIG REQUIRED)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
find_package(simdjson CONFIG REQUIRED)
find_package(absl CONFIG REQUIRED)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
find_package(fmt CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(OpenSSL REQUIRED)

# protozero: header only; one view type in every unit or none.
add_library(protozero INTERFACE)
target_include_directories(protozero SYSTEM INTERFACE ${PROTOZERO_INC})
target_compile_definitions(protozero INTERFACE PROTOZERO_USE_VIEW=std::string_view)

# llhttp: Debian ships the C sources (package node-llhttp); our warning flags do not apply to them.
find_path(LLHTTP_SRC llhttp.c PATHS /usr/share/llhttp NO_DEFAULT_PATH REQUIRED)
find_path(LLHTTP_INC llhttp.h PATHS /usr/share/include/llhttp NO_DEFAULT_PATH REQUIRED)
add_library(llhttp STATIC ${LLHTTP_SRC}/llhttp.c ${LLHTTP_SRC}/api.c ${LLHTTP_SRC}/http.c)
target_include_directories(llhttp SYSTEM PUBLIC ${LLHTTP_INC})

# libmaxminddb: its headers alone; the library is loaded when a `geoip` stage asks for it.
find_path(MAXMINDDB_INC maxminddb.h REQUIRED)
add_library(maxminddb_headers INTERFACE)
target_include_directories(maxminddb_headers SYSTEM INTERFACE ${MAXMINDDB_INC})
