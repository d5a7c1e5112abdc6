// eventlogmessage and windowsevent.
#include <gtest/gtest.h>

#include "tests/unit/logs/stages/harness.h"

namespace agent::logs {
namespace {

struct EventCase {
  const char* name;
  std::string options;
  const char* message;
  Lines fields;
};

// The extracted values that the stage adds to those that were there.
void expect_fields(const std::string& stage, const std::vector<EventCase>& cases) {
  for (const EventCase& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string yaml = "- regex: {expression: '(?s)(?P<message>.*)'}\n- " + stage + ": {" +
                             c.options + "}\n- logfmt: {mapping: {message: none}}";
    Lines found = extracted_by(yaml, c.message, {{"job", "web"}});
    std::erase_if(found, [](const std::string& field) {
      return field.starts_with("message=") || field == "job=web";
    });
    EXPECT_EQ(found, c.fields);
  }
}

TEST(EventLogMessageStage, ReadsPairs) {
  expect_fields(
      "eventlogmessage",
      {
          {"pairs", "", "A:  1 \r\nno pair\r\nURL: http://h:80/", {"A=1", "URL=http://h:80/"}},
          {"only CR LF ends a line", "", "A: 1\nB: 2", {"A=1\nB: 2"}},
          {"no value", "", "A:\r\nB: ", {"A=", "B="}},
          {"bad names are made good",
           "",
           "1a \xc3\xa9: 1\r\n: 2\r\nx-9: 3",
           {"_=2", "_a__=1", "x_9=3"}},
          {"or dropped", "drop_invalid_labels: true", "1a: 1\r\n: 2\r\nx9: 3", {"x9=3"}},
          {"a name that is there",
           "",
           "job: b\r\nA: 1\r\nA: 2\r\nA: 3",
           {"A=1", "A_extracted=3", "job_extracted=b"}},
          {"is overwritten",
           "Overwrite_Existing: true",
           "job: b\r\nA: 1\r\nA: 2",
           {"A=2", "job=b"}},
          {"a value that is no UTF-8", "", "A: \xff\r\nB: 1", {"B=1"}},
          {"nothing", "", "", {}},
      });
}

TEST(EventLogMessageStage, CountsWhatItCannotRead) {
  Bench bench("- eventlogmessage: {source: m}");
  bench.add("x", {{"m", "a text"}});
  bench.add("x", {{"m", "a: text"}});
  bench.add("x", {});
  EXPECT_EQ(bench.run().size(), 3U);
  EXPECT_EQ(bench.metrics.counter("logs_stage_unparsed_total", "stage", "eventlogmessage").value(),
            1U);
}

TEST(EventLogMessageStage, RefusesBadOptions) {
  expect_outcomes({
      {"source",
       "- eventlogmessage: {source: a b}",
       "",
       {"stages.yaml:1:29: stages[0].eventlogmessage.source: \"a b\" is no label name: letters, "
        "digits and _ are asked"}},
      {"empty source",
       "- windowsevent: {source: ''}",
       "",
       {"stages.yaml:1:26: stages[0].windowsevent.source: \"\" is no label name: letters, digits "
        "and _ are asked"}},
      {"number",
       "- windowsevent: {source: 1}",
       "",
       {"stages.yaml:1:26: stages[0].windowsevent.source: text is asked here; put 1 in quotes"}},
      {"unknown option",
       "- eventlogmessage: {overwrite: true}",
       "x",
       {"stages.yaml:1:21: stages[0].eventlogmessage.overwrite: unknown option, ignored", "x"}},
  });
}

TEST(WindowsEventStage, ReadsSections) {
  expect_fields(
      "windowsevent",
      {
          {"description alone", "", " Some\r\ntext. ", {"Description=Sometext."}},
          {"sections",
           "",
           "Logged on.\r\n\r\nSubject:\r\n\tSecurity ID:\tS-1\r\n\tName:\t\t-\r\n\r\nLogon "
           "Type:\t3",
           {"Description=Logged on.", "LogonType=3", "Subject_Name=-", "Subject_SecurityID=S-1"}},
          {"lines without a colon go on",
           "",
           "d\r\n\r\nP: A\r\n\t\tB\r\n\tC\r\nQ: 1\r\nR:\r\nS: 2",
           {"Description=d", "P=A,B,C", "Q=1", "S=2"}},
          {"text before the first key", "", "d\r\n\r\ntext\r\nA: 1", {"A=1", "Description=d"}},
          {"only a first line is a prefix",
           "",
           "d\r\n\r\nA: 1\r\nB:\r\nC: 2",
           {"A=1", "C=2", "Description=d"}},
          {"blanks are a value", "", "d\r\n\r\nA:\t\r\nB: 2", {"A=", "B=2", "Description=d"}},
          {"keys that are there",
           "",
           "d\r\n\r\njob: 1\r\nDescription: e",
           {"Description=d", "Description_extracted=e", "job_extracted=1"}},
          {"are overwritten",
           "overwrite_existing: true",
           "d\r\n\r\njob: 1\r\nDescription: e",
           {"Description=e", "job=1"}},
          {"bad names", "", "d\r\n\r\nA-B (c): 1", {"A_B_c_=1", "Description=d"}},
          {"dropped",
           "drop_invalid_labels: true",
           "d\r\n\r\nA-B: 1\r\nC: 2",
           {"C=2", "Description=d"}},
          {"empty", "", "", {"Description="}},
      });
}

}  // namespace
}  // namespace agent::logs
