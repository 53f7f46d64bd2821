using System.Globalization;
using System.Runtime.Versioning;
using Holotree.Spaces;
using Holotree.Tests.Staging;

namespace Holotree.Tests.RealTrees;

/// <summary>A CPython with a prefix of its own: interpreter, standard library, compiled bytecode, build configuration, a script.</summary>
[SupportedOSPlatform("linux")]
public sealed class PythonInstallationTests
{
    /// <summary>Lays the running installation out anew under another prefix, which a build with --prefix would have written into these files.</summary>
    const string LayOut = """
        import os, shutil, sys, sysconfig
        prefix, base, stdlib = sys.argv[1], sys.base_prefix, sysconfig.get_path('stdlib')
        version = 'python%d.%d' % sys.version_info[:2]
        target = os.path.join(prefix, 'lib', version)
        os.makedirs(target)
        os.makedirs(os.path.join(prefix, 'bin'))
        packages = {'asyncio', 'collections', 'concurrent', 'ctypes', 'email', 'html', 'http', 'importlib', 'json', 'lib-dynload', 'logging',
                    'multiprocessing', 're', 'sysconfig', 'unittest', 'urllib', 'xml'}
        codecs = {'__init__.py', 'aliases.py', 'ascii.py', 'idna.py', 'latin_1.py', 'utf_8.py'}
        for entry in os.scandir(stdlib):
            if entry.name.endswith('.py'):
                shutil.copy2(entry.path, target)
            elif entry.name in packages:
                shutil.copytree(entry.path, os.path.join(target, entry.name), ignore=shutil.ignore_patterns('__pycache__', '_test*', 'xxlimited*'))
        os.mkdir(os.path.join(target, 'encodings'))
        for name in codecs:
            shutil.copy2(os.path.join(stdlib, 'encodings', name), os.path.join(target, 'encodings'))
        shutil.copy2(os.path.realpath(sys._base_executable), os.path.join(prefix, 'bin', version))
        os.symlink(os.path.join(prefix, 'bin', version), os.path.join(prefix, 'bin', 'python3'))
        data = sysconfig._get_sysconfigdata_name() + '.py'
        with open(os.path.join(target, data)) as file:
            text = file.read()
        with open(os.path.join(target, data), 'w') as file:
            file.write(text.replace("'" + base + "/", "'" + prefix + "/").replace("'" + base + "'", "'" + prefix + "'"))
        """;

    /// <summary>Uses what it imports, and says how many modules came out of files.</summary>
    const string Use = """
        import asyncio, ctypes, decimal, email.mime.text, http.client, importlib.machinery, json, logging.config, sys, sysconfig, unittest, xml.etree.ElementTree
        async def answer(): return decimal.Decimal(6) * 7
        assert asyncio.run(answer()) == 42
        assert ctypes.c_int(42).value == 42
        assert email.mime.text.MIMEText('text').get_payload() == 'text'
        assert xml.etree.ElementTree.fromstring('<a><b/></a>')[0].tag == 'b'
        assert sysconfig.get_config_var('prefix') == sys.prefix
        data = sys.modules[sysconfig._get_sysconfigdata_name()]
        files = {m.__file__ for m in list(sys.modules.values()) if isinstance(getattr(getattr(m, '__spec__', None), 'loader', None), importlib.machinery.SourceFileLoader)}
        assert all(file.startswith(sys.prefix + '/') for file in files), files
        print('TOLD', json.dumps([len(files), sys.prefix, json.dumps.__code__.co_filename, data.build_time_vars['LIBDEST']]))
        """;

    public static TheoryData<string, Strategy> Ways() =>
        new() { { "btrfs", Strategy.Reflink }, { "xfs", Strategy.Reflink }, { "ext4", Strategy.HardLink }, { "ext4", Strategy.Copy } };

    [Theory]
    [MemberData(nameof(Ways))]
    public void Installation_runs_from_its_valid_bytecode_at_another_place(string volume, Strategy strategy)
    {
        using var site = new Site(volume);
        Build(site);
        site.Record();
        Directory.Move(site.Source, site.Folder["gone"]);

        foreach (string name in new[] { "copied", "s", "a-longer-name-than-before" })
        {
            string place = site.Folder[name];
            RestoreReport report = site.Restore(name, strategy, options: new RestoreOptions { Destination = place, Strict = true });

            Assert.True(report.Relocated.Skipped > 200, "bytecode beside its source is left alone");
            string[] told = Tool.Run(Path.Join(place, "bin/python3"), "-B", "-v", "-X", "frozen_modules=off", "-c", Use).Split('\n');
            string[] answer = told.Single(line => line.StartsWith("TOLD", StringComparison.Ordinal)).Split('"');
            int modules = int.Parse(answer[0].Trim('T', 'O', 'L', 'D', ' ', '[', ','), CultureInfo.InvariantCulture);
            Assert.True(modules > 100, "the modules come out of files");
            Assert.Equal(modules, told.Count(line => line.StartsWith("# ", StringComparison.Ordinal) && line.Contains(" matches ", StringComparison.Ordinal)));
            Assert.DoesNotContain(told, line => line.Contains("stale", StringComparison.Ordinal));
            Assert.Equal(place, answer[1]);
            Assert.StartsWith($"{place}/lib/python3", answer[3], StringComparison.Ordinal);
            Assert.StartsWith($"{place}/lib/python3", answer[5], StringComparison.Ordinal);
            Assert.Equal($"{place}/bin/tool {place}\n", Tool.Run(Path.Join(place, "bin/tool")));
            (int code, string named) = Tool.Try("grep", "-rIlF", site.Source, place);
            Assert.True(code == 1, $"text files still name {site.Source}: {named}");
        }
    }

    static void Build(Site site)
    {
        Tool.Need("python3");
        Tool.Run("python3", "-c", LayOut, site.Source);
        string python = Path.Join(site.Source, "bin/python3");
        Tool.Run(python, "-m", "compileall", "-q", Path.Join(site.Source, "lib"));
        RealTree.MakeExecutable(site.Folder.Write("source/bin/tool", $"#!{python} -B\nimport sys\nprint(sys.argv[0], sys.prefix)\n"));
    }
}
