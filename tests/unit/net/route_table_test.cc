#include "agent/net/route_table.h"

#include <gtest/gtest.h>

namespace agent::net {
namespace {

class Answer final : public Responder::Target {
 public:
  void respond(Response response) override { got = std::move(response); }
  Response got;
};

Response ask(const RouteTable& table, const char* method, const char* path) {
  const auto answer = std::make_shared<Answer>();
  table.find(method, path)->route.handler({}, Responder(std::weak_ptr<Responder::Target>(answer)));
  return answer->got;
}

void add(RouteTable& table, const char* method, const char* path, const char* body) {
  Route route;
  route.method = method;
  route.path = path;
  route.handler = [body](const Request&, Responder responder) {
    Response response;
    response.body = body;
    responder.send(std::move(response));
  };
  table.add(std::move(route));
}

TEST(RouteTable, FindsTheLongestPath) {
  RouteTable table;
  add(table, "GET", "/", "root");
  add(table, "GET", "/a/*", "below a");
  add(table, "GET", "/a/b", "b");
  add(table, "POST", "/a/b", "posted");
  add(table, "*", "/any", "any");
  const struct {
    const char *name, *method, *path;
    int status;
    const char *body, *allow;
  } cases[] = {
      {"exact", "GET", "/", 200, "root", ""},
      {"HEAD is served by GET", "HEAD", "/", 200, "root", ""},
      {"prefix", "GET", "/a/x/y", 200, "below a", ""},
      {"the prefix itself", "GET", "/a/", 200, "below a", ""},
      {"exact over prefix", "GET", "/a/b", 200, "b", ""},
      {"by method", "POST", "/a/b", 200, "posted", ""},
      {"any method", "PATCH", "/any", 200, "any", ""},
      {"no such method", "PUT", "/a/b", 405, "Method Not Allowed\n", "GET, HEAD, POST"},
      {"no such path", "GET", "/b", 404, "Not Found\n", ""},
      {"a prefix needs its slash", "GET", "/a", 404, "Not Found\n", ""},
      {"no path", "GET", "", 404, "Not Found\n", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Response got = ask(table, c.method, c.path);
    EXPECT_EQ(got.status, c.status);
    EXPECT_EQ(got.body, c.body);
    EXPECT_EQ(got.headers.get("allow").value_or(""), c.allow);
  }
}

TEST(RouteTable, ChangesWhileRunning) {
  RouteTable table;
  add(table, "GET", "/x", "old");
  const auto held = table.find("GET", "/x");
  add(table, "GET", "/x", "new");
  EXPECT_EQ(ask(table, "GET", "/x").body, "new");
  EXPECT_EQ(held->route.path, "/x") << "a match outlives its route";
  table.remove("GET", "/x");
  EXPECT_EQ(ask(table, "GET", "/x").status, 404);
  table.set_fallback([](const Request&, Responder responder) {
    Response teapot;
    teapot.status = 418;
    responder.send(std::move(teapot));
  });
  EXPECT_EQ(ask(table, "GET", "/x").status, 418);
  EXPECT_TRUE(table.find("GET", "/x")->ignores_body);
  table.set_fallback(nullptr);
  EXPECT_EQ(ask(table, "GET", "/x").status, 404);
}

}  // namespace
}  // namespace agent::net
