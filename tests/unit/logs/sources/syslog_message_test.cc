#include "agent/logs/sources/syslog_message.h"

#include <gtest/gtest.h>

#include "agent/base/rfc3339.h"
#include "agent/logs/sources/rfc3164.h"
#include "agent/logs/sources/rfc5424.h"

namespace agent::logs {
namespace {

using namespace std::literals;

// All that was found, in one line: what is unset is left out.
std::string shown(const SyslogMessage& message) {
  std::string out;
  const auto add = [&](const char* name, std::string_view value) {
    if (!value.empty())
      out += (out.empty() ? "" : " ") + std::string(name) + "=" + std::string(value);
  };
  if (message.priority) {
    add("fac", facility_keyword(*message.priority / 8));
    add("sev", severity_keyword(*message.priority % 8));
  }
  if (message.time) add("time", format_rfc3339(message.time->at));
  add("host", message.hostname);
  add("app", message.app_name);
  add("pid", message.proc_id);
  add("id", message.msg_id);
  for (const auto& parameter : message.parameters)
    add((std::string(parameter.element) + "/" + std::string(parameter.name)).c_str(),
        unescape_parameter(parameter.value));
  add("text", message.text);
  add("error", message.error);
  return out;
}

struct Case {
  const char *name, *bytes, *found;
};

TEST(Rfc5424Parser, ReadsMessages) {
  const Case cases[] = {
      {"all fields",
       "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog 8710 ID47 "
       "[exampleSDID@32473 iut=\"3\" eventSource=\"Application\"] An application event",
       "fac=local4 sev=notice time=2003-10-11T22:14:15.003Z host=mymachine.example.com "
       "app=evntslog "
       "pid=8710 id=ID47 exampleSDID@32473/iut=3 exampleSDID@32473/eventSource=Application "
       "text=An application event"},
      {"nothing but text", "<0>1 - - - - - - hello", "fac=kern sev=emergency text=hello"},
      {"a byte order mark", "<34>1 - - su - - - \xEF\xBB\xBFtext",
       "fac=auth sev=critical app=su text=text"},
      {"an offset", "<191>1 2003-08-24T05:14:15.000003-07:00 - - - - - x",
       "fac=local7 sev=debug time=2003-08-24T12:14:15.000003Z text=x"},
      {"two elements, one without parameters", "<13>1 - - - - - [a@1 b=\"c\"][d] x",
       "fac=user sev=notice a@1/b=c text=x"},
      {"escapes in a value", R"(<13>1 - - - - - [a b="q\"s\\e\]n\o"] x)",
       R"(fac=user sev=notice a/b=q"s\e]n\o text=x)"},
      {"no text", "<13>1 - h - - - -", "fac=user sev=notice host=h"},
      {"an empty text", "<13>1 - h - - - - ", "fac=user sev=notice host=h"},
      {"newlines in the text", "<13>1 - - - - - - a\nb", "fac=user sev=notice text=a\nb"},
      {"a text that begins with blanks", "<13>1 - - - - - -  a ", "fac=user sev=notice text= a "},
      {"a long version", "<13>999 - - - - - - x", "fac=user sev=notice text=x"},
  };
  Rfc5424Parser parser;
  SyslogMessage message;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    parser.parse(c.bytes, message);
    EXPECT_EQ(shown(message), c.found);
  }
}

TEST(Rfc5424Parser, KeepsWhatStandsBeforeAnError) {
  const Case cases[] = {
      {"nothing", "", "error=priority"},
      {"no priority", "hello", "error=priority"},
      {"a priority that is no number", "<1x>1 - - - - - - x", "error=priority"},
      {"an empty one", "<>1 - - - - - - x", "error=priority"},
      {"just past the highest", "<192>1 - - - - - - x", "error=priority"},
      {"four digits", "<0013>1 - - - - - - x", "error=priority"},
      {"not closed", "<13", "error=priority"},
      {"the old format", "<13>Oct 11 22:14:15 host su: x", "fac=user sev=notice error=version"},
      {"version 0", "<13>0 - - - - - - x", "fac=user sev=notice error=version"},
      {"a version of four digits", "<13>1000 - - - - - - x", "fac=user sev=notice error=version"},
      {"no blank", "<13>1- - - - - - x", "fac=user sev=notice error=timestamp"},
      {"no time", "<13>1 yesterday - - - - - x", "fac=user sev=notice error=timestamp"},
      {"a day that never was", "<13>1 2003-02-30T00:00:00Z - - - - - x",
       "fac=user sev=notice error=timestamp"},
      {"no host", "<13>1 -", "fac=user sev=notice error=hostname"},
      {"two blanks", "<13>1 -  - - - - - x", "fac=user sev=notice error=hostname"},
      {"no app", "<13>1 - h", "fac=user sev=notice host=h error=app_name"},
      {"no pid", "<13>1 - h a", "fac=user sev=notice host=h app=a error=proc_id"},
      {"no id", "<13>1 - h a p", "fac=user sev=notice host=h app=a pid=p error=msg_id"},
      {"no data", "<13>1 - h a p m",
       "fac=user sev=notice host=h app=a pid=p id=m error=structured_data"},
      {"data not closed", "<13>1 - - - - - [a b=\"c\" x",
       "fac=user sev=notice a/b=c error=structured_data"},
      {"a value not closed", "<13>1 - - - - - [a b=\"c\\",
       "fac=user sev=notice error=structured_data"},
      {"an element without a name", "<13>1 - - - - - [] x",
       "fac=user sev=notice error=structured_data"},
      {"text right behind the data", "<13>1 - - - - - -x",
       "fac=user sev=notice error=structured_data"},
  };
  Rfc5424Parser parser;
  SyslogMessage message;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    parser.parse(c.bytes, message);
    EXPECT_EQ(shown(message), c.found);
  }
}

TEST(Rfc3164Parser, ReadsMessages) {
  const Case cases[] = {
      {"of the specification", "<34>Oct 11 22:14:15 mymachine su: 'su root' failed",
       "fac=auth sev=critical time=2023-10-11T22:14:15Z host=mymachine app=su text='su root' "
       "failed"},
      {"with a process id", "<30>Oct  1 02:03:04 h sshd[42]: hi",
       "fac=daemon sev=informational time=2023-10-01T02:03:04Z host=h app=sshd pid=42 text=hi"},
      {"a day with a zero", "<30>Oct 01 02:03:04 h a: x",
       "fac=daemon sev=informational time=2023-10-01T02:03:04Z host=h app=a text=x"},
      {"a fraction", "<30>Oct 1 02:03:04.5 h a: x",
       "fac=daemon sev=informational time=2023-10-01T02:03:04.5Z host=h app=a text=x"},
      {"a year", "<30>Oct 1 2021 02:03:04 h a: x",
       "fac=daemon sev=informational time=2021-10-01T02:03:04Z host=h app=a text=x"},
      {"a time as in RFC 5424", "<30>2021-10-01T02:03:04.5+02:00 h a[1]: x",
       "fac=daemon sev=informational time=2021-10-01T00:03:04.5Z host=h app=a pid=1 text=x"},
      {"no tag", "<30>Oct 1 02:03:04 h just words: so",
       "fac=daemon sev=informational time=2023-10-01T02:03:04Z host=h text=just words: so"},
      {"no host", "<30>Oct 1 02:03:04 sshd[42]: hi",
       "fac=daemon sev=informational time=2023-10-01T02:03:04Z app=sshd pid=42 text=hi"},
      {"a bracket that never closes", "<30>Oct 1 02:03:04 h a[1: x",
       "fac=daemon sev=informational time=2023-10-01T02:03:04Z host=h text=a[1: x"},
      {"a tag and no blank", "<30>Oct 1 02:03:04 h a:x",
       "fac=daemon sev=informational time=2023-10-01T02:03:04Z host=h app=a text=x"},
      {"no text", "<30>Oct 1 02:03:04 h",
       "fac=daemon sev=informational time=2023-10-01T02:03:04Z host=h"},
      {"in December of the last year", "<30>Dec 31 23:59:59 h a: x",
       "fac=daemon sev=informational time=2022-12-31T23:59:59Z host=h app=a text=x"},
      {"no priority", "Oct 1 02:03:04 h a: x", "error=priority"},
      {"no time", "<13>hello there", "fac=user sev=notice error=timestamp"},
      {"an impossible time", "<13>Oct 32 02:03:04 h a: x", "fac=user sev=notice error=timestamp"},
      {"a time alone", "<13>Oct 1 02:03:04", "fac=user sev=notice time=2023-10-01T02:03:04Z"},
      {"two blanks behind the time", "<13>Oct 1 02:03:04  h",
       "fac=user sev=notice time=2023-10-01T02:03:04Z error=hostname"},
  };
  const Zone utc;
  Rfc3164Parser parser(utc);
  SyslogMessage message;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    // 2023-11-14; in January of that year for December.
    const bool december = std::string_view(c.bytes).find("Dec") != std::string_view::npos;
    parser.parse(c.bytes, Timestamp(december ? 1'672'600'000s : 1'700'000'000s), message);
    EXPECT_EQ(shown(message), c.found);
  }
}

TEST(Rfc3164Parser, ReadsTimesInTheLocalZone) {
  const auto berlin = Zone::load("Europe/Berlin");
  ASSERT_TRUE(berlin);
  Rfc3164Parser parser(*berlin);
  SyslogMessage message;
  parser.parse("<34>Oct 11 22:14:15 h su: x", Timestamp(1'700'000'000s), message);
  EXPECT_EQ(shown(message), "fac=auth sev=critical time=2023-10-11T20:14:15Z host=h app=su text=x");
  std::string out;
  append_rfc5424(out, message);
  EXPECT_EQ(out, "<34>1 2023-10-11T22:14:15+02:00 h su - - - x");
}

TEST(SyslogMessage, IsWrittenAgainAsRfc5424) {
  const struct {
    const char *name, *bytes, *written;
  } cases[] = {
      {"as it was", "<165>1 2003-10-11T22:14:15.003Z h a p m [x@1 b=\"2\"] hello",
       "<165>1 2003-10-11T22:14:15.003Z h a p m [x@1 b=\"2\"] hello"},
      {"nothing is set", "<13>1 - - - - - - x", "<13>1 - - - - - - x"},
      {"no text", "<13>1 - - - - - -", "<13>1 - - - - - -"},
      {"elements and parameters sorted", "<13>1 - - - - - [b z=\"1\" y=\"2\"][a] x",
       "<13>1 - - - - - [a][b y=\"2\" z=\"1\"] x"},
      {"escapes", R"(<13>1 - - - - - [a b="\"\\\]\o"] x)",
       R"(<13>1 - - - - - [a b="\"\\\]\\o"] x)"},
      {"microseconds at most", "<13>1 2003-10-11T22:14:15.123456789Z - - - - - x",
       "<13>1 2003-10-11T22:14:15.123456Z - - - - - x"},
      {"its own offset", "<13>1 2003-10-11T22:14:15-03:30 - - - - - x",
       "<13>1 2003-10-11T22:14:15-03:30 - - - - - x"},
      {"no byte order mark", "<13>1 - - - - - - \xEF\xBB\xBFx", "<13>1 - - - - - - x"},
  };
  Rfc5424Parser parser;
  SyslogMessage message;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    parser.parse(c.bytes, message);
    std::string out;
    append_rfc5424(out, message);
    EXPECT_EQ(out, c.written);
  }
}

}  // namespace
}  // namespace agent::logs
