using System.Runtime.Versioning;
using Holotree.Spaces;
using Holotree.Tests.Staging;

namespace Holotree.Tests.RealTrees;

/// <summary>A <c>node_modules</c> made by npm, with an add-on in C that finds its library by its full path.</summary>
[SupportedOSPlatform("linux")]
public sealed class NodeModulesTests
{
    const string AddOn = """
        #define NAPI_VERSION 8
        #include <node_api.h>
        int sample_number(void);
        static napi_value number(napi_env env, napi_callback_info info)
        {
            napi_value value;
            napi_create_int32(env, sample_number(), &value);
            return value;
        }
        NAPI_MODULE_INIT()
        {
            napi_value function;
            napi_create_function(env, "number", NAPI_AUTO_LENGTH, number, NULL, &function);
            napi_set_named_property(env, exports, "number", function);
            return exports;
        }
        """;

    const string AddOnFile = "node_modules/native/build/Release/native.node";

    [Theory]
    [MemberData(nameof(RealTree.Volumes), MemberType = typeof(RealTree))]
    public void Node_modules_with_a_native_add_on_work_at_another_place(string volume, Strategy strategy)
    {
        using var site = new Site(volume);
        Build(site);

        RealTree.UseAtOtherPlaces(site, strategy, (place, report) =>
        {
            bool fits = report.Relocated.Unfit.Count == 0;
            if (!fits) Assert.Equal([AddOnFile], report.Relocated.Unfit);
            (int code, string said) = Tool.Try(Path.Join(place, "node_modules/.bin/native-number"));

            if (fits) Assert.Equal((0, $"42 {place}/node_modules/native\n"), (code, said));
            else Assert.Contains("libsample.so", said, StringComparison.Ordinal);       // as the warning said

            // A script that found its module by a full path, as tools write them, and a module without anything native.
            Assert.Equal($"plain {place}/node_modules/plain/index.js\n", Tool.Run(Path.Join(place, "node_modules/.bin/shim")));
        });
    }

    static void Build(Site site)
    {
        Tool.Need("node", "npm", "gcc");
        string headers = Path.Join(Path.GetDirectoryName(Path.GetDirectoryName(Tool.Run("node", "-p", "process.execPath").Trim())), "include/node");
        if (!File.Exists(Path.Join(headers, "node_api.h"))) Assert.Skip($"There are no headers of node in {headers}.");

        string[] link = RealTree.BuildSampleLibrary(site);
        site.Folder.Write("native/package.json", """{"name": "native", "version": "1.0.0", "main": "index.js", "bin": {"native-number": "cli.js"}}""");
        site.Folder.Write("native/index.js", "module.exports = require('./build/Release/native.node');\n");
        site.Folder.Write("native/cli.js", "#!/usr/bin/env node\nconsole.log(require('./index.js').number(), __dirname);\n");
        site.Folder.Write("native/native.c", AddOn);
        site.Folder.MakeFolder("native/build/Release");
        Tool.Run("gcc", ["-shared", "-fPIC", "-I" + headers, "-o", site.Folder["native/build/Release/native.node"], site.Folder["native/native.c"], .. link]);
        site.Folder.Write("plain/package.json", """{"name": "plain", "version": "1.0.0"}""");
        site.Folder.Write("plain/index.js", "module.exports = 'plain ' + __filename;\n");
        site.Folder.Write("source/package.json", """{"name": "app", "version": "1.0.0"}""");

        // Packed first: a folder would only be linked to.
        string[] npm = ["-C", site.Folder.Path, $"HOME={site.Folder.Path}", "npm", "--offline", "--silent"];
        Tool.Run("env", [.. npm, "pack", "./native", "./plain"]);
        Tool.Run("env", [.. npm, "--prefix", site.Source, "install", "--no-audit", "--no-fund", site.Folder["native-1.0.0.tgz"], site.Folder["plain-1.0.0.tgz"]]);
        RealTree.MakeExecutable(site.Folder.Write("source/node_modules/.bin/shim",
            $"#!/bin/sh\nexport NODE_PATH='{site.Source}/node_modules'\nexec node -e 'console.log(require(\"plain\"))'\n"));
        Assert.StartsWith("42 ", Tool.Run(Path.Join(site.Source, "node_modules/.bin/native-number")), StringComparison.Ordinal);
    }
}
